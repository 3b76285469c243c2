-- The rows themselves, one in ten thousand.
select v_id, v_day, v_store, v_page, v_amount
from visits
where v_draw = 7
order by v_id
limit 1000
