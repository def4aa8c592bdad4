"""What will be invoiced: the contracted part from the calendar, the rest by a blend of simple methods."""
