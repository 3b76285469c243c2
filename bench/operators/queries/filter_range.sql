-- A third of the rows by one column, summed.
select count(*) as lines, sum(lo_revenue) as revenue
from lineorder
where lo_extendedprice between 2000000 and 4000000
