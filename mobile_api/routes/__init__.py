"""The driver API's routes, one file per noun."""
