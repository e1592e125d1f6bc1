print("viplab")
