select sum(lo_revenue) as revenue, d_year, p_brand1
from lineorder_flat
where p_brand1 between 'MFGR#2221' and 'MFGR#2228'
  and s_region = 'ASIA'
group by d_year, p_brand1
order by d_year, p_brand1
