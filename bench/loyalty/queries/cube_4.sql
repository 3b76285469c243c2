-- All sixteen groupings of four columns.
select d_year, c_region, p_mfgr, lo_shipmode, grouping(d_year, c_region, p_mfgr, lo_shipmode) as grouped,
       sum(lo_revenue) as revenue, count(*) as lines
from lineorder, dates, customer, part
where lo_orderdate = d_datekey
  and lo_custkey = c_custkey
  and lo_partkey = p_partkey
group by cube (d_year, c_region, p_mfgr, lo_shipmode)
order by grouped, d_year, c_region, p_mfgr, lo_shipmode
