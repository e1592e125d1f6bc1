print("vipd")
