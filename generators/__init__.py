"""A synthetic retail world: master data, and the events that shops and their customers make."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from generators.batches import (
        EventGenerator,
        create_clickstream_generator,
        create_ecommerce_generator,
        create_inventory_generator,
        create_pos_generator,
    )

__all__ = [
    "EventGenerator",
    "create_clickstream_generator",
    "create_ecommerce_generator",
    "create_inventory_generator",
    "create_pos_generator",
]


def __getattr__(name: str) -> object:
    """Load the generators when they are first used, so importing the package costs nothing."""
    if name in __all__:
        from generators import batches

        return getattr(batches, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
