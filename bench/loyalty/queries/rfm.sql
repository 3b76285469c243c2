-- Recency, frequency and monetary value in fifths, and the customers of each cell.
select r, f, m, count(*) as customers
from (
  select ntile(5) over (order by last_day, customer) as r, ntile(5) over (order by receipts, customer) as f,
         ntile(5) over (order by revenue, customer) as m
  from (
    select lo_custkey as customer, max(lo_orderdate) as last_day, count(distinct lo_orderkey) as receipts,
           sum(lo_revenue) as revenue
    from lineorder
    group by lo_custkey) as customers) as cells
group by r, f, m
order by r, f, m
