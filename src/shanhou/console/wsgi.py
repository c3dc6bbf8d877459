"""What granian serves."""

from __future__ import annotations

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shanhou.console.settings")
os.environ["SHANHOU_CONSOLE_PART"] = "web"

from django.core.wsgi import get_wsgi_application

from shanhou.console.access.bounds import bounded
from shanhou.console.house.serving import in_turn

application = in_turn(bounded(get_wsgi_application()))
