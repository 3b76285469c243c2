-- The same segment by operations on sets.
select count(*) as customers
from (
  select lo_custkey
  from lineorder, part, dates
  where lo_partkey = p_partkey and lo_orderdate = d_datekey and p_category = 'MFGR#12' and d_year = 1997
  intersect
  select lo_custkey from lineorder group by lo_custkey having sum(lo_revenue) > 900000000
  except
  select lo_custkey from lineorder, part where lo_partkey = p_partkey and p_brand1 = 'MFGR#2221') as segment
