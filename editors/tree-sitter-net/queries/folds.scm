[(body) (expect) (train) (phase) (arguments) (list) (parenthesized)] @fold
