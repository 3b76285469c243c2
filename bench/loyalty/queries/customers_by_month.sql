-- Distinct customers a month.
select d_yearmonthnum, count(distinct lo_custkey) as customers
from lineorder, dates
where lo_orderdate = d_datekey
group by d_yearmonthnum
order by d_yearmonthnum
