"""What granian serves for the portal."""

from __future__ import annotations

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shanhou.console.portal.settings")

from django.core.wsgi import get_wsgi_application

from shanhou.console.house.serving import in_turn

application = in_turn(get_wsgi_application())
