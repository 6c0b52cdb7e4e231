"""The window: panels, theme, frame clock. Each panel is a Qt-free presenter and a widget that draws it."""
