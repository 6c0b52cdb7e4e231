"""The k-line chart panel. Importing this package loads neither pyqtgraph nor numpy; `widget` does."""
