-- As many groups as there are texts, about a million.
select v_page, count(*) as visits, sum(v_amount) as amount
from visits
group by v_page
order by visits desc, v_page
limit 20
