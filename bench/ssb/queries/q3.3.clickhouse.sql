select c_city, s_city, d_year, sum(lo_revenue) as revenue
from lineorder_flat
where c_city in ('UNITED KI1', 'UNITED KI5')
  and s_city in ('UNITED KI1', 'UNITED KI5')
  and d_year between 1992 and 1997
group by c_city, s_city, d_year
order by d_year, revenue desc, c_city, s_city
