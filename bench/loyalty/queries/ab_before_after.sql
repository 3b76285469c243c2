-- Two arms of customers, a period before a day and one after it: mean and variance of what a customer spent.
select arm, count(*) as customers, avg(before) as mean_before, var_samp(before) as variance_before,
       avg(after) as mean_after, var_samp(after) as variance_after
from (
  select lo_custkey, lo_custkey % 2 as arm,
         coalesce(sum(lo_revenue) filter (where lo_orderdate between 19950101 and 19951231), 0) as before,
         coalesce(sum(lo_revenue) filter (where lo_orderdate between 19960101 and 19961231), 0) as after
  from lineorder
  group by lo_custkey) as spent
group by arm
order by arm
