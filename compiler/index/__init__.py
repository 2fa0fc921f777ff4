"""Where names stand: in go parsed modules, out come symbols with every place that means them."""
