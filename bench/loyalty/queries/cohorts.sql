-- Retention: of the customers who first bought in a month, how many bought so many months later.
with firsts as (
  select lo_custkey as customer, min(d_year * 12 + d_monthnuminyear) as first_month
  from lineorder, dates
  where lo_orderdate = d_datekey
  group by lo_custkey)
select first_month, d_year * 12 + d_monthnuminyear - first_month as months_since, count(distinct lo_custkey) as customers
from lineorder, dates, firsts
where lo_orderdate = d_datekey
  and lo_custkey = customer
group by first_month, d_year * 12 + d_monthnuminyear - first_month
order by first_month, months_since
