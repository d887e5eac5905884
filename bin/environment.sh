# Sourced by bin/serve and bin/test: finds Python, keeps .venv, the front end and the compiled words up to date.
# Needs Python >= 3.11 with venv and the package indexes; nothing else. Every step is skipped when its inputs are unchanged.

cd "$(dirname "${BASH_SOURCE[0]}")/.."
ROOT=$(pwd)
VAR_DIR=${VAR_DIR:-$ROOT/var}
export VAR_DIR
PY=$ROOT/.venv/bin/python
export DJANGO_SETTINGS_MODULE=config.settings PYTHONPATH=$ROOT PYTHONUNBUFFERED=1 PIP_DISABLE_PIP_VERSION_CHECK=1

say() { printf '%s\n' "$*" >&2; }

find_python() {
    local name
    for name in python3.13 python3.12 python3.11 python3; do
        if command -v "$name" >/dev/null && "$name" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            command -v "$name"
            return
        fi
    done
    say "Python 3.11 or newer with its venv module is needed and was not found."
    exit 2
}

digest() { cat "$@" | sha256sum | cut -d' ' -f1; }

# ensure_python requirements...: installs them into .venv when any of the files changed
ensure_python() {
    local want stamp=$ROOT/.venv/.installed
    want=$(digest "$@")
    if [ -x "$PY" ] && [ -f "$stamp" ] && grep -qx "$want" "$stamp"; then return; fi
    if [ ! -x "$PY" ] || ! "$PY" -c pass 2>/dev/null; then
        say "Making the environment .venv"
        "$(find_python)" -m venv --clear "$ROOT/.venv"
        rm -f "$stamp"
    fi
    say "Installing $*"
    local arguments=()
    local file
    for file in "$@"; do arguments+=(-r "$file"); done
    "$PY" -m pip install -q "${arguments[@]}"
    echo "$want" >>"$stamp"
}

# ensure_front_end: npm packages and the bundles in var/build, hashed and compressed in var/static
ensure_front_end() {
    local lock want stamp=$ROOT/var/static/.built
    want=$( (cat package-lock.json requirements.txt; find static -type f -print0 | sort -z | xargs -0 sha256sum) | sha256sum | cut -d' ' -f1)
    if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$want" ]; then return; fi
    local npm=npm
    if ! command -v npm >/dev/null || ! command -v node >/dev/null; then
        if [ ! -x "$ROOT/.venv/bin/npm" ]; then
            say "npm is not on this machine: taking it from the Python package index"
            "$PY" -m pip install -q -r requirements-node.txt
        fi
        export PATH=$ROOT/.venv/bin:$PATH
    fi
    lock=$(digest package-lock.json)
    if [ ! -f node_modules/.lock ] || [ "$(cat node_modules/.lock)" != "$lock" ]; then
        say "Installing the front-end packages"
        $npm ci --silent --no-fund --no-audit >&2
        echo "$lock" >node_modules/.lock
    fi
    say "Building the front end"
    mkdir -p var/build var/static
    BUILD_DIR=var/build $npm run --silent build >&2
    "$PY" manage.py collectstatic --noinput --clear -v 0 >&2
    echo "$want" >"$stamp"
}

# ensure_words: the translations compiled into var/locale
ensure_words() {
    local stamp=$ROOT/var/locale/.compiled want
    want=$(find locale -name '*.po' -print0 | sort -z | xargs -0 cat | sha256sum | cut -d' ' -f1)
    if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$want" ]; then return; fi
    mkdir -p var/locale
    "$PY" bin/compile_words.py locale var/locale
    echo "$want" >"$stamp"
}
