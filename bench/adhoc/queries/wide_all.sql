-- All 340 numbers of 350 columns.
select ${wide_sums}
from wide
