version: 1.1
comment: Visits to the website, the apps and the social shop, and what became of their carts.
source: {{ ref('report_sessions') }}

joins:
  - name: channel
    source: {{ ref('gold_channel_dim') }}
    using: [channel_key]

dimensions:
  - name: started_date
    expr: started_date
    comment: The day of the first event. Sessions and conversions count on this day.
  - name: ended_date
    expr: ended_date
    comment: The day of the last event. Carts count on this day.
  - name: device_type
    expr: device_type
  - name: channel_name
    expr: channel.channel_name
  - name: channel_category
    expr: channel.channel_category
  - name: abandonment_stage
    expr: abandonment_stage

measures:
  - name: sessions
    expr: count(session_id)
    display_name: Sessions
    comment: Visits to the website, the apps and the social shop, by the day they began.
  - name: converted_sessions
    expr: count_if(has_completed_checkout)
    display_name: Converted sessions
    comment: Sessions that have a checkout, by the day they began; an order has one.
  - name: conversion_rate
    expr: measure(converted_sessions) / nullif(measure(sessions), 0)
    display_name: Conversion rate
    comment: Converted sessions as a share of the sessions; null where there are none.
  - name: carts
    expr: count_if(has_added_to_cart)
    display_name: Carts
    comment: Sessions that put something into a cart, by the day they ended.
  - name: abandoned_carts
    expr: count_if(is_abandoned)
    display_name: Abandoned carts
    comment: Carts that were abandoned, by the day their session ended.
  - name: abandonment_rate
    expr: measure(abandoned_carts) / nullif(measure(carts), 0)
    display_name: Abandonment rate
    comment: Abandoned carts as a share of the carts; null where there are none.
  - name: recovered_carts
    expr: count_if(is_recovered)
    display_name: Recovered carts
    comment: Abandoned carts whose customers came back to buy within 7 days, by the day of the abandonment.
  - name: recovery_rate
    expr: measure(recovered_carts) / nullif(measure(abandoned_carts), 0)
    display_name: Recovery rate
    comment: Recovered carts as a share of the abandoned ones; null where there are none.
  - name: recovery_revenue
    expr: sum(recovery_revenue)
    display_name: Recovery revenue
    comment: Net sales of the orders that recovered carts, US dollars before tax.
