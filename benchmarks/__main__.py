"""Run all benchmarks, or those named: `python -m benchmarks [name …]`."""

from __future__ import annotations

import os
import sys

import tests.environment  # noqa: F401  keys and a var folder of its own, before Django reads its settings

os.environ["DJANGO_SETTINGS_MODULE"] = "lumio.settings"


def main(names: list[str]) -> int:
    from benchmarks import chat, fanout, idle, ingest, load, memory, overlay, pages, refresh, tokens

    benchmarks = {
        "fanout_vs_group_send": fanout.fanout_vs_group_send,
        "fanout_vs_socketio": fanout.fanout_vs_socketio,
        "publish_to_socket_p99_ms": fanout.publish_to_socket_p99_ms,
        "ingest_vs_twitchapi": ingest.ingest_vs_twitchapi,
        "ingest_vs_twitchapi_postgresql": ingest.ingest_vs_twitchapi_postgresql,
        "refresh_sweep_growth": refresh.refresh_sweep_growth,
        "refresh_sweep_growth_postgresql": refresh.refresh_sweep_growth_postgresql,
        "connections_page_queries": pages.connections_page_queries,
        "page_kb": pages.page_kb,
        "page_transfer_kb": pages.page_transfer_kb,
        "popout_transfer_kb": pages.popout_transfer_kb,
        "token_check_queries": tokens.token_check_queries,
        "token_list_queries": tokens.token_list_queries,
        "idle_memory_mb": memory.idle_memory_mb,
        "idle_500_sources_mb": idle.idle_500_sources_mb,
        "chat_soak_nodes_growth": chat.chat_soak_nodes_growth,
        "chat_soak_heap_growth": chat.chat_soak_heap_growth,
        "overlay_frames_per_second": overlay.overlay_frames_per_second,
        "overlay_hours_nodes_growth": overlay.overlay_hours_nodes_growth,
        "overlay_hours_heap_growth": overlay.overlay_hours_heap_growth,
        **load.BENCHMARKS,
    }
    if unknown := set(names) - benchmarks.keys():
        print(
            f"There is no benchmark {', '.join(sorted(unknown))}; there are {', '.join(benchmarks)}.", file=sys.stderr
        )
        return 2
    for name in names or benchmarks:
        value = benchmarks[name]()
        print(f"{name}: {value if isinstance(value, str) else f'{value:.4g}'}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
