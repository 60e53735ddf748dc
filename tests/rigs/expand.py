"""The template as CloudFormation sees it: `expand.py template.yaml` prints the expanded template as JSON.

The library that the SAM transform runs does the expanding. A placeholder stands for each upload, and the definitions of the state
machines are put in whole, so that cfn-lint reads them as well.
"""

import json
import pathlib
import sys

import boto3
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator
from samtranslator.yaml_helper import yaml_parse

UPLOAD = "s3://placeholder/upload"


def main() -> None:
    path = pathlib.Path(sys.argv[1])
    template = yaml_parse(path.read_text())
    template["Globals"]["Function"]["CodeUri"] = UPLOAD
    definitions = {}
    for name, resource in template["Resources"].items():
        if resource["Type"] == "AWS::Serverless::StateMachine":
            definitions[name] = (path.parent / resource["Properties"]["DefinitionUri"]).read_text()
            resource["Properties"]["DefinitionUri"] = UPLOAD
    session = boto3.Session(region_name="us-east-1")
    parameters = {name: str(parameter["Default"]) for name, parameter in template["Parameters"].items()}
    expanded = Translator({}, Parser(), boto_session=session).translate(template, parameters)
    expanded.pop("Transform", None)
    for name, definition in definitions.items():
        properties = expanded["Resources"][name]["Properties"]
        del properties["DefinitionS3Location"]
        properties["DefinitionString"] = definition
    print(json.dumps(expanded, indent=1, default=str))


if __name__ == "__main__":
    main()
