-- Twenty-six aggregates a customer, as for a model's features, then one row of them all.
select count(*) as customers, sum(lines), sum(receipts), sum(units), sum(revenue), sum(cost), sum(list_price), min(first_day),
       max(last_day), min(least), max(most), max(units_most), min(units_least), max(discount_most), sum(discounts), sum(taxes),
       sum(lines_1992), sum(lines_1997), sum(revenue_1992), sum(revenue_1997), sum(air), sum(rail), sum(urgent),
       sum(revenue_urgent), sum(large), sum(revenue_large), sum(discounted), sum(revenue_discounted)
from (
  select lo_custkey, count(*) as lines, count(distinct lo_orderkey) as receipts, sum(lo_quantity) as units,
         sum(lo_revenue) as revenue, sum(lo_supplycost) as cost, sum(lo_extendedprice) as list_price,
         min(lo_orderdate) as first_day, max(lo_orderdate) as last_day, min(lo_revenue) as least, max(lo_revenue) as most,
         max(lo_quantity) as units_most, min(lo_quantity) as units_least, max(lo_discount) as discount_most,
         sum(lo_discount) as discounts, sum(lo_tax) as taxes,
         count(*) filter (where lo_orderdate < 19930101) as lines_1992,
         count(*) filter (where lo_orderdate between 19970101 and 19971231) as lines_1997,
         sum(lo_revenue) filter (where lo_orderdate < 19930101) as revenue_1992,
         sum(lo_revenue) filter (where lo_orderdate between 19970101 and 19971231) as revenue_1997,
         count(*) filter (where lo_shipmode = 'AIR') as air, count(*) filter (where lo_shipmode = 'RAIL') as rail,
         count(*) filter (where lo_orderpriority = '1-URGENT') as urgent,
         sum(lo_revenue) filter (where lo_orderpriority = '1-URGENT') as revenue_urgent,
         count(*) filter (where lo_quantity > 40) as large, sum(lo_revenue) filter (where lo_quantity > 40) as revenue_large,
         count(*) filter (where lo_discount > 5) as discounted,
         sum(lo_revenue) filter (where lo_discount > 5) as revenue_discounted
  from lineorder
  group by lo_custkey) as features
