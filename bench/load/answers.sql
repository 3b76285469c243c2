-- What both engines are asked after the load; the answers must be equal. Together they read every
-- column of lineorder and follow every link.
select count(*), sum(lo_orderkey), sum(lo_linenumber), sum(lo_custkey), sum(lo_partkey), sum(lo_suppkey)
from lineorder;

select sum(lo_quantity), sum(lo_extendedprice), sum(lo_ordtotalprice), sum(lo_discount), sum(lo_revenue),
  sum(lo_supplycost), sum(lo_tax), sum(lo_shippriority)
from lineorder;

select min(lo_orderdate), max(lo_orderdate), sum(lo_orderdate), min(lo_commitdate), max(lo_commitdate),
  sum(lo_commitdate)
from lineorder;

select lo_orderpriority, lo_shipmode, count(*), sum(lo_revenue)
from lineorder
group by lo_orderpriority, lo_shipmode
order by lo_orderpriority, lo_shipmode;

select count(*), sum(c_custkey), min(c_name), max(c_phone), min(c_address), max(c_address) from customer;

select count(*), sum(s_suppkey), min(s_name), max(s_phone), min(s_address), max(s_address) from supplier;

select count(*), sum(p_partkey), sum(p_size), min(p_name), max(p_type), min(p_container) from part;

select count(*), sum(d_datekey), min(d_date), max(d_date), sum(d_weeknuminyear), sum(d_holidayfl) from dates;

select d_year, c_region, s_region, p_mfgr, count(*), sum(lo_revenue), sum(lo_supplycost)
from lineorder
join dates on lo_orderdate = d_datekey
join customer on lo_custkey = c_custkey
join supplier on lo_suppkey = s_suppkey
join part on lo_partkey = p_partkey
group by d_year, c_region, s_region, p_mfgr
order by d_year, c_region, s_region, p_mfgr;
