    if (!begin(&listener))
        stop("the network is damaged");
