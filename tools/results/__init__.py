"""Tables of benchmarks/results and the pages made from them."""
