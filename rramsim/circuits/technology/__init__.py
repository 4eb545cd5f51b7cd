"""Technology: which model library to load, by which names, and how far it may be trusted.

The built-in technology and a user's own process design kit (PDK) come in by the same format (device_models/README.md).
"""

from rramsim.circuits.technology.binding import TransistorBinding
from rramsim.circuits.technology.technology import Technology, load_technology

__all__ = ["Technology", "TransistorBinding", "load_technology"]
