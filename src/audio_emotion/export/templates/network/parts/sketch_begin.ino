    if (!audioEmotionBegin(&listener))
        audioEmotionStop(2, "the network is damaged");
