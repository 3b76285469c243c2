-- The giant store's region beside the others, by month.
select s.s_region, extract(year from v.v_day) as y, extract(month from v.v_day) as m, sum(v.v_amount) as amount
from visits v
join stores s on v.v_store = s.s_store
group by s.s_region, y, m
order by s_region, y, m
