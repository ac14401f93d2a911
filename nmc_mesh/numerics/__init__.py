"""Numbers that are the same bytes on every processor: functions, products, draws."""
