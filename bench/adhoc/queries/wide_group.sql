-- Ten columns by a text, where another is rare.
select t9, count(*) as n, sum(m010) as a, max(m100) as b, min(m200) as c, avg(m300) as d
from wide
where m040 < 100
group by t9
order by t9
