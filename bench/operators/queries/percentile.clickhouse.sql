-- Two percentiles of all rows.
select quantileExactInclusive(0.5)(lo_revenue) as median,
       quantileExactInclusive(0.95)(lo_revenue) as p95
from lineorder
