"""Tries with links that open nothing: so many from one address, then none counts for a while."""

from __future__ import annotations

import ipaddress
import time
from typing import TYPE_CHECKING

from allauth.account.adapter import get_adapter
from django.core.cache import cache

from shanhou.vault.canonical import digest_hex

if TYPE_CHECKING:
    from django.http import HttpRequest

MOST = 30
"""So many misses from one address within a window; a house or a village shares one."""
_WINDOW_S = 600
_NETWORK = 64
"""Of IPv6 addresses somebody has as many as they like; their network is counted."""


def used_up(request: HttpRequest) -> bool:
    """Whether the address of this request has had its tries."""
    return int(cache.get(_key(request), 0)) >= MOST


def missed(request: HttpRequest) -> None:
    """One more try that opened nothing."""
    counted(_key(request), _WINDOW_S)


def counted(key: str, seconds: int) -> int:
    """How often this was counted within its time, this once among them."""
    cache.add(key, 0, timeout=seconds)
    try:
        return int(cache.incr(key))
    except ValueError:
        cache.set(key, 1, timeout=seconds)  # it ended between the two
        return 1


def _key(request: HttpRequest) -> str:
    told = str(get_adapter().get_client_ip(request))
    try:
        address = ipaddress.ip_address(told)
    except ValueError:
        place = told
    else:
        wide = address.max_prefixlen if address.version == 4 else _NETWORK
        place = str(ipaddress.ip_network((address, wide), strict=False))
    return f"tries:{int(time.time()) // _WINDOW_S}:{digest_hex(place.encode())}"
