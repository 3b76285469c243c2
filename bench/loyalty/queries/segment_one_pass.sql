-- The same segment in one pass over the lines.
select count(*) as customers, sum(revenue) as revenue
from (
  select lo_custkey, sum(lo_revenue) as revenue
  from lineorder, part, dates
  where lo_partkey = p_partkey
    and lo_orderdate = d_datekey
  group by lo_custkey
  having count(*) filter (where p_category = 'MFGR#12' and d_year = 1997) > 0
     and sum(lo_revenue) > 900000000
     and count(*) filter (where p_brand1 = 'MFGR#2221') = 0) as segment
