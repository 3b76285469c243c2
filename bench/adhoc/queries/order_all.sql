-- All rows sorted by a text and numbers, the ten in the middle leave.
select v_page, v_amount, v_id
from visits
order by v_page, v_amount, v_id
limit 10 offset ${half}
