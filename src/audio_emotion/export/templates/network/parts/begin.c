    if (!begin(&listener))
        @STOP@;
