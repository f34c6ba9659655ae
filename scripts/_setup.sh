# Sourced by demo, test and check: moves to the project's root and makes .venv hold exactly what requirements.lock
# names, with the project itself on top. Changes nothing when that is so already. PYTHON=/path/to/python picks the
# interpreter; else it is the first on PATH that is new enough. Everything it says goes to stderr.

unset CDPATH PYTHONHOME PYTHONPATH
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
cd "$root"
venv=$root/.venv
stamp=$venv/boundcheck.stamp
PATH=${PATH//"$venv/bin:"/} # even when activated: it may have to be made anew, from a Python outside
export MPLCONFIGDIR=${MPLCONFIGDIR:-$venv/matplotlib} # HOME may be read-only; a personal matplotlibrc would change figures

die() {
    echo "boundcheck: $*" >&2
    exit 1
}

wanted() { # what the environment was made from, byte for byte
    echo "$root"
    cat pyproject.toml requirements.lock
}

ready() {
    wanted | cmp -s - "$stamp" && "$venv/bin/python" -c '' 2>/dev/null || return 1
    [ -z "${PYTHON:-}" ] || [ "$("$PYTHON" -VV 2>&1)" = "$("$venv/bin/python" -VV)" ]
}

find_python() { # prints the interpreter to use
    local names=(python3 python3.13 python3.12 python3.11) old="" bare="" name version
    [ -z "${PYTHON:-}" ] || names=("$PYTHON")
    for name in "${names[@]}"; do
        version=$("$name" -V 2>&1) || continue
        if ! "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            old="$old $name ($version)"
        elif [ -z "$uv" ] && ! "$name" -c 'import ensurepip, venv' 2>/dev/null; then
            bare="$bare $name ($version)"
        else
            command -v "$name"
            return
        fi
    done
    [ -z "$bare" ] || die "no venv module in$bare. On Debian or Ubuntu: apt-get install python3-venv."
    die "needs Python >= 3.11; found${old:- none}. Install one, or name it: PYTHON=/path/to/python $0."
}

make_with_uv() {
    local cache=${UV_CACHE_DIR:-${XDG_CACHE_HOME:-${HOME:-}/.cache}/uv}
    { mkdir -p "$cache" && [ -w "$cache" ]; } 2>/dev/null || export UV_NO_CACHE=1
    local install=("$uv" pip install --quiet --python "$venv/bin/python")
    "$uv" venv --quiet --python "$python" "$venv" &&
        "${install[@]}" --require-hashes -r requirements.lock &&
        "${install[@]}" --no-deps --no-build-isolation --editable .
}

make_with_pip() {
    local install=("$venv/bin/python" -m pip --disable-pip-version-check --no-input --quiet install)
    "$python" -m venv "$venv" &&
        "${install[@]}" --require-hashes -r requirements.lock &&
        "${install[@]}" --no-deps --no-build-isolation --editable .
}

make() { # uv may lack what pip has been given: a certificate, a mirror
    rm -rf "$venv"
    if [ -n "$uv" ]; then
        make_with_uv && return
        echo "boundcheck: uv could not do it (see above); trying pip" >&2
        rm -rf "$venv"
    fi
    make_with_pip || die "installing requirements.lock failed (see above). Is the package index reachable?"
}

if ! ready; then
    uv=$(command -v uv || true)
    python=$(find_python)
    echo "boundcheck: installing into .venv with ${uv:+uv and }$("$python" -V 2>&1) (once, about half a minute)" >&2
    make >&2
    wanted >"$stamp"
fi
export PATH=$venv/bin:$PATH
