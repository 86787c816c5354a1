# The part `tinker-sdk` of scripts/test-integration. Sourced, not run.

# The SDK tinker 0.22.0, and tinker-cookbook's loops, train against `whet serve --tinker` with a fixture model.
# $WHET_TINKER_PYTHON names a Python that has both packages already; torch's CPU build is enough.
tinker-sdk() {
    local folder="$repository/.build/integration/tinker-sdk" log port model
    if [ -z "${WHET_TINKER_PYTHON:-}" ]; then
        python_environment tinker-sdk 'tinker==0.22.0' 'tinker-cookbook[math-rl]==0.4.1'
        WHET_TINKER_PYTHON=$python
    fi
    rm -rf "$folder-run"
    mkdir -p "$folder-run"
    log="$folder-run/serve.log"
    # The cookbook's prompts are longer than the fixture's context, which its rotary positions do not limit.
    model="$folder-run/model"
    cp -r "$repository/Tests/Fixtures/models/qwen3" "$model"
    sed -i 's/"max_position_embeddings": 256/"max_position_embeddings": 2048/' "$model/config.json"
    port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
    server="http://127.0.0.1:$port"
    "$(whet_program)" serve "$model" --tinker --port "$port" --checkpoints "$folder-run/checkpoints" >"$log" 2>&1 &
    server_process=$!
    trap 'kill "$server_process" 2>/dev/null || true' EXIT
    until curl --silent --fail --max-time 2 --output /dev/null "$server/api/v1/healthz"; do
        if ! kill -0 "$server_process" 2>/dev/null; then
            say "whet serve --tinker ended:"
            cat "$log" >&2
            return 1
        fi
        sleep 0.1
    done
    export TINKER_API_KEY=tml-any HF_HUB_OFFLINE=1 TINKER_TELEMETRY=0
    "$WHET_TINKER_PYTHON" scripts/integration/tinker_sdk.py "$server" "$model"
    say "tinker-cookbook's sl_loop, and rl_loop from where it ended"
    "$WHET_TINKER_PYTHON" scripts/integration/tinker_cookbook_loops.py "$server" "$model" "$folder-run/logs"
}
