"""What can be done with order files. Other slices import this file and `contracts`."""

from interplay.link.orders.reading import own_mapping
from interplay.link.orders.settling import Settling
from interplay.link.orders.taking import OrderSink, origin_at

__all__ = ["OrderSink", "Settling", "origin_at", "own_mapping"]
