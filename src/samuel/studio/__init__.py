"""A page in the browser for a singer with a microphone, and the same functions over HTTP. Needs the extra studio."""

from samuel.studio.limits import Limits
from samuel.studio.server import Address, serve

__all__ = ["Address", "Limits", "serve"]
