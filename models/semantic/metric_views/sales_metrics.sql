version: 1.1
comment: Line items sold or brought back, in stores and online.
source: {{ ref('gold_sales_fact_all') }}

joins:
  - name: product
    source: {{ ref('gold_product_dim') }}
    using: [product_key]
  - name: location
    source: {{ ref('gold_location_dim') }}
    using: [location_key]
  - name: channel
    source: {{ ref('gold_channel_dim') }}
    using: [channel_key]
  - name: customer
    source: {{ ref('gold_customer_dim') }}
    using: [customer_key]
  - name: calendar_day
    source: {{ ref('gold_date_dim') }}
    using: [date_key]

dimensions:
  - name: calendar_date
    expr: local_date
  - name: fiscal_year
    expr: calendar_day.fiscal_year
  - name: fiscal_quarter
    expr: calendar_day.fiscal_quarter
  - name: fiscal_week
    expr: calendar_day.fiscal_week
  - name: iso_year
    expr: calendar_day.iso_year
  - name: week_of_year
    expr: calendar_day.week_of_year
  - name: week_start_date
    expr: calendar_day.week_start_date
  - name: year_month
    expr: calendar_day.year_month
  - name: category_level_1
    expr: product.category_level_1
  - name: category_level_2
    expr: product.category_level_2
  - name: brand
    expr: product.brand
  - name: price_tier
    expr: product.price_tier
  - name: location_name
    expr: location.location_name
  - name: region
    expr: location.region
  - name: channel_name
    expr: channel.channel_name
  - name: channel_type
    expr: channel.channel_type
  - name: segment
    expr: customer.segment
  - name: loyalty_tier
    expr: customer.loyalty_tier
  - name: is_promotional
    expr: is_promotional
  - name: payment_method
    expr: payment_method

measures:
  - name: net_sales
    expr: sum(net_sales_amount)
    display_name: Net sales
    comment: Net sales less returns, US dollars before tax.
  - name: gross_margin
    expr: sum(gross_margin_amount)
    display_name: Gross margin
    comment: Net sales less returns and the cost of the goods, US dollars.
  - name: margin_rate
    expr: measure(gross_margin) / case when measure(net_sales) > 0 then measure(net_sales) end
    display_name: Margin rate
    comment: Gross margin as a share of net sales; null where net sales are not above 0.
  - name: units_sold
    expr: sum(case when is_return then 0 else quantity_sold end)
    display_name: Units sold
    comment: Units sold, without returns.
  - name: sales_before_returns
    expr: sum(case when is_return then 0 else net_sales_amount end)
    display_name: Sales before returns
    comment: Net sales without returns, US dollars before tax.
  - name: orders
    expr: count(distinct counted_order_id)
    display_name: Orders
    comment: Orders and till sales, without returns and cancelled orders.
  - name: average_order_value
    expr: measure(sales_before_returns) / nullif(measure(orders), 0)
    display_name: Average order value
    comment: Sales before returns per order, US dollars before tax; null where there is no order.
