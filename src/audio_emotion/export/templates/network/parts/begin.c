if (!begin(&listener))
        @STOP@
