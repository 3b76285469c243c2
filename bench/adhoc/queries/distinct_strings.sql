-- How many texts, and in how many visits of the least store.
select count(distinct v_page) as pages, count(*) as visits
from visits
