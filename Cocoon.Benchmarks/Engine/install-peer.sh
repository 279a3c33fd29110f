#!/bin/sh
# Installs llama.cpp's prebuilt libraries (npm, pinned) for `Cocoon.Benchmarks -- engine` into a folder of the temporary directory, or into $1.
set -eu
folder="${1:-${TMPDIR:-/tmp}/cocoon-engine-peer}"
mkdir -p "$folder"
cd "$folder"
[ -f package.json ] || echo '{"name":"cocoon-engine-peer","private":true}' > package.json
npm install --no-audit --no-fund --ignore-scripts --no-package-lock @node-llama-cpp/linux-x64@3.22.1
ls node_modules/@node-llama-cpp/linux-x64/bins/linux-x64/libllama.v*.so
