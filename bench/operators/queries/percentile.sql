-- Two percentiles of all rows.
select percentile_cont(0.5) within group (order by lo_revenue) as median,
       percentile_cont(0.95) within group (order by lo_revenue) as p95
from lineorder
