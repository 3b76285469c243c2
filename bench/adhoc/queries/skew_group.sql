-- A group with half of the rows among a thousand.
select v_store, count(*) as visits, sum(v_amount) as amount, count(distinct v_customer) as customers
from visits
group by v_store
order by amount desc, v_store
limit 20
