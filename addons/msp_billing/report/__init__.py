from . import count_status
