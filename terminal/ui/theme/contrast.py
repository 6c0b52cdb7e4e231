"""Contrast of two colours by WCAG 2.2, so that a test can hold the theme to its floor."""

from __future__ import annotations


def channels(colour: str) -> tuple[int, int, int]:
    """Return red, green and blue (0 to 255) of "#RRGGBB"; raises ValueError for any other form."""
    if len(colour) != 7 or not colour.startswith("#"):
        raise ValueError(f"colour must be written #RRGGBB, not {colour!r}")
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def blend(over: str, under: str, alpha: float) -> str:
    """Return the colour seen when `over` with opacity `alpha` lies on `under`."""
    mixed = (round(a * alpha + b * (1 - alpha)) for a, b in zip(channels(over), channels(under), strict=True))
    return "#" + "".join(f"{channel:02X}" for channel in mixed)


def _luminance(colour: str) -> float:
    def linear(channel: int) -> float:
        share = channel / 255
        return share / 12.92 if share <= 0.04045 else float(((share + 0.055) / 1.055) ** 2.4)

    red, green, blue = (linear(channel) for channel in channels(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(first: str, second: str) -> float:
    """Return the contrast ratio, from 1 (same) to 21 (black on white)."""
    lighter, darker = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)
