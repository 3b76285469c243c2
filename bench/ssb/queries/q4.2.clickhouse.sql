select d_year, s_nation, p_category, sum(lo_revenue - lo_supplycost) as profit
from lineorder_flat
where c_region = 'AMERICA'
  and s_region = 'AMERICA'
  and d_year in (1997, 1998)
  and p_mfgr in ('MFGR#1', 'MFGR#2')
group by d_year, s_nation, p_category
order by d_year, s_nation, p_category
