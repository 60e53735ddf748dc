"""What CloudFormation refuses before it makes anything: values that a parameter's constraints or the template's Rules do not admit.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/parameters-section-structure.html
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/rules-section-structure.html
"""

import re
from typing import Any


class Refused(Exception):
    """The text that CloudFormation's ValidationError carries; for Rules, the wording around the description is not AWS's."""


def check(template: dict[str, Any], values: dict[str, str]) -> None:
    """Refuses what the real service refuses when it is asked for a change set."""
    parameters = template.get("Parameters") or {}
    if unknown := sorted(set(values) - set(parameters)):
        raise Refused(f"Parameters: {unknown} do not exist in the template")
    if missing := sorted(set(parameters) - set(values)):
        raise Refused(f"Parameters: {missing} must have values")
    for name, parameter in parameters.items():
        of_list = "List" in parameter["Type"]
        for value in values[name].split(",") if of_list else [values[name]]:
            if reason := violation(name, parameter, value):
                description = parameter.get("ConstraintDescription")
                raise Refused(f"Parameter {name} failed to satisfy constraint: {description}" if description else reason)
    for name, rule in (template.get("Rules") or {}).items():
        if "RuleCondition" in rule and not holds(rule["RuleCondition"], values):
            continue
        for assertion in rule["Assertions"]:
            if not holds(assertion["Assert"], values):
                raise Refused(f"Rule {name} failed: {assertion.get('AssertDescription', 'no AssertDescription')}")


def violation(name: str, parameter: dict[str, Any], value: str) -> str | None:
    """Why this value is refused, in CloudFormation's words where they are known."""
    allowed, pattern = parameter.get("AllowedValues"), parameter.get("AllowedPattern")
    if allowed and value not in [str(one) for one in allowed]:
        return f"Parameter '{name}' must be one of AllowedValues"
    if pattern and not re.fullmatch(pattern, value):
        return f"Parameter '{name}' must match pattern {pattern}"
    if len(value) < int(parameter.get("MinLength", 0)):
        return f"Parameter '{name}' must contain at least {parameter['MinLength']} characters"
    if "MaxLength" in parameter and len(value) > int(parameter["MaxLength"]):
        return f"Parameter '{name}' must contain at most {parameter['MaxLength']} characters"
    if "Number" in parameter["Type"]:
        if not re.fullmatch(r"[+-]?\d+(\.\d+)?", value):
            return f"Parameter '{name}' must be a number"
        if "MinValue" in parameter and float(value) < float(parameter["MinValue"]):
            return f"Parameter '{name}' must be a number not less than {parameter['MinValue']}"
        if "MaxValue" in parameter and float(value) > float(parameter["MaxValue"]):
            return f"Parameter '{name}' must be a number not greater than {parameter['MaxValue']}"
    return None


def holds(condition: Any, values: dict[str, str]) -> bool:
    """Evaluates a rule's function; as in CloudFormation, neither Condition nor Fn::If is one."""

    def of(one: Any) -> Any:
        if isinstance(one, dict) and "Ref" in one:
            return values[one["Ref"]]
        return [of(inner) for inner in one] if isinstance(one, list) else str(one)

    ((function, arguments),) = condition.items()
    match function:
        case "Fn::And":
            return all([holds(one, values) for one in arguments])
        case "Fn::Or":
            return any([holds(one, values) for one in arguments])
        case "Fn::Not":
            return not holds(*arguments, values)
        case "Fn::Equals":
            left, right = of(arguments)
            return bool(left == right)
        case "Fn::Contains":
            some, one = of(arguments)
            return one in members(some)
        case "Fn::EachMemberEquals":
            some, one = of(arguments)
            return all(member == one for member in members(some))
        case "Fn::EachMemberIn":
            some, others = of(arguments)
            return set(members(some)) <= set(members(others))
    raise Refused(f"Template format error: {function} is no rule function here")


def members(of: str | list[str]) -> list[str]:
    """A parameter of a list type comes as text with commas."""
    return of.split(",") if isinstance(of, str) else of
