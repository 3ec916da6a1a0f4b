version: 1.1
comment: Stock of a product at a location at the end of each day with a movement.
source: {{ ref('gold_inventory_fact') }}

joins:
  - name: product
    source: {{ ref('gold_product_dim') }}
    using: [product_key]
  - name: location
    source: {{ ref('gold_location_dim') }}
    using: [location_key]

dimensions:
  - name: calendar_date
    expr: local_date
  - name: category_level_1
    expr: product.category_level_1
  - name: brand
    expr: product.brand
  - name: location_name
    expr: location.location_name
  - name: location_type
    expr: location.location_type
  - name: region
    expr: location.region

measures:
  - name: stock_days
    expr: count(quantity_on_hand)
    display_name: Stock days
    comment: Days of a product at a location with a movement.
  - name: stockout_days
    expr: count_if(is_stockout)
    display_name: Stock-out days
    comment: Days of a product at a location with a movement, at the end of which nothing was left.
  - name: stockout_rate
    expr: measure(stockout_days) / nullif(measure(stock_days), 0)
    display_name: Stock-out rate
    comment: Stock-out days as a share of the stock days; null where there are none.
