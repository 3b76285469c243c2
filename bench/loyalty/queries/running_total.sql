-- Revenue by day, and since the beginning.
select lo_orderdate, sum(lo_revenue) as revenue, sum(sum(lo_revenue)) over (order by lo_orderdate) as so_far
from lineorder
group by lo_orderdate
order by lo_orderdate
